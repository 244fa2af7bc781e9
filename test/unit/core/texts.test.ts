import { afterEach, describe, expect, it } from 'vitest';
import { exactCount, shortBytes, shortCount } from '../../../src/core/format';
import { RELU } from '../../../src/core/activation';
import { inLanguage, useLanguage } from '../../../src/core/numbers';
import { t, useTexts } from '../../../src/core/texts';
import { layerTitle } from '../../../src/core/words';
import { formatExact, formatShare, formatValue } from '../../../webview/shared/format';
import { conv } from './builder';

afterEach(() => {
  useTexts({});
  useLanguage('en');
});

describe('texts', () => {
  it('are English without a table, and where the table has nothing', () => {
    expect(t('{0} of {1}', 3, 'four')).toBe('3 of four');
    useTexts({ Other: 'Anderes' });
    expect(t('{0} of {1}', 3, 'four')).toBe('3 of four');
  });

  it('come from the table, with the arguments in its order', () => {
    useTexts({ '{0} of {1}': 'von {1} genau {0}', '{0} filters': '{0} Filter', 'Conv2D {0}': 'x' });
    expect(t('{0} of {1}', 3, 'four')).toBe('von four genau 3');
    expect(layerTitle(conv(32, [3, 3], { activation: RELU }))).toBe('Conv2D 3 × 3, 32 Filter, relu');
  });

  it('do not take a name of the table’s prototype for a text', () => {
    expect(t('constructor')).toBe('constructor');
  });
});

describe('numbers in the display language', () => {
  it('have its separators, in the panel, in hovers and in sentences', () => {
    useLanguage('de');
    expect(inLanguage('1,234.5')).toBe('1.234,5');
    expect(exactCount(12_345_678)).toBe('12.345.678');
    expect(shortCount(12_345_678)).toBe('12,3\u00a0M');
    expect(shortBytes(1_500)).toBe('1,50\u00a0kB');
    expect(formatExact(93_322)).toBe('93.322');
    expect(formatValue(-0.0123)).toBe('−0,0123');
    expect(formatShare(0.982)).toBe('98,2 %');
    expect(t('rate {0}', 0.25)).toBe('rate 0,25');
  });

  it('are English for an unknown language', () => {
    useLanguage('not a language');
    expect(inLanguage('1,234.5')).toBe('1,234.5');
  });
});
