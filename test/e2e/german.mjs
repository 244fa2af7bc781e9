// The same panel when VS Code's display language is German.
import { everyViewPasses } from './everyView.mjs';

const command = 'ConvLens: Modell ansehen';

export const german = {
  title: 'in German',
  options: () => ({ language: 'de' }),
  known: command,
  walks: [
    {
      title: 'the panel and the palette speak German, and nothing is cut off at 640 px',
      run: async (workbench) => {
        await workbench.command(command);
        await workbench.pick('digits_cnn.keras');
        const view = workbench.view();
        await view.layer('conv2d').waitFor({ timeout: 40_000 });
        await view.text(/^vorhergesagt: \d$/).waitFor({ timeout: 40_000 });
        await view.text('Was man sieht.').waitFor();
        await view.text(/^(Gesund|Brauchbar): Alle Gewichte sind endlich/).waitFor();
        await view.text(/^Ziffer \d$/).waitFor();
        const tabs = ['Überblick', 'Kernel', 'Karten', 'Wirkungen', 'Warum', 'Zahlen', 'Graph', 'Vergleich'];
        await everyViewPasses(workbench, tabs, { contrast: false });
      }
    }
  ]
};
