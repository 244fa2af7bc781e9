/** Order of the arguments of PyTorch 2's optimizers, schedules, losses and loaders, and the losses that are functions. */

const MOMENTS = 'params lr betas eps weight_decay';

/** By the last name of the path. */
const BY_NAME: readonly (readonly [string, string])[] = [
  ['SGD', 'params lr momentum dampening weight_decay nesterov'],
  ['Adam AdamW', `${MOMENTS} amsgrad`],
  ['Adamax RAdam SparseAdam', MOMENTS],
  ['NAdam', `${MOMENTS} momentum_decay`],
  ['RMSprop', 'params lr alpha eps weight_decay momentum centered'],
  ['Adagrad', 'params lr lr_decay weight_decay initial_accumulator_value eps'],
  ['Adadelta', 'params lr rho eps weight_decay'],
  ['StepLR', 'optimizer step_size gamma last_epoch'],
  ['MultiStepLR', 'optimizer milestones gamma last_epoch'],
  ['ExponentialLR', 'optimizer gamma last_epoch'],
  ['CosineAnnealingLR', 'optimizer T_max eta_min last_epoch'],
  ['CosineAnnealingWarmRestarts', 'optimizer T_0 T_mult eta_min last_epoch'],
  ['LinearLR', 'optimizer start_factor end_factor total_iters last_epoch'],
  [
    'OneCycleLR',
    'optimizer max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum base_momentum max_momentum div_factor final_div_factor three_phase last_epoch'
  ],
  ['ReduceLROnPlateau', 'optimizer mode factor patience threshold threshold_mode cooldown min_lr eps'],
  ['CrossEntropyLoss', 'weight size_average ignore_index reduce reduction label_smoothing'],
  ['NLLLoss', 'weight size_average ignore_index reduce reduction'],
  ['BCELoss', 'weight size_average reduce reduction'],
  ['BCEWithLogitsLoss', 'weight size_average reduce reduction pos_weight'],
  ['MSELoss L1Loss SoftMarginLoss', 'size_average reduce reduction'],
  ['SmoothL1Loss', 'size_average reduce reduction beta'],
  ['HuberLoss', 'reduction delta'],
  ['KLDivLoss', 'size_average reduce reduction log_target'],
  ['PoissonNLLLoss', 'log_input full size_average eps reduce reduction'],
  ['MultiMarginLoss', 'p margin weight size_average reduce reduction'],
  ['HingeEmbeddingLoss', 'margin size_average reduce reduction'],
  ['DataLoader', 'dataset batch_size shuffle sampler batch_sampler']
];

const ORDERS: ReadonlyMap<string, readonly string[]> = new Map(
  BY_NAME.flatMap(([names, order]) => names.split(' ').map((name) => [name, order.split(' ')] as const))
);

/** Names of the arguments given by place; empty for a class that is not known here. */
export function argumentOrder(className: string): readonly string[] {
  return ORDERS.get(className) ?? [];
}

/** Classes by the function of `torch.nn.functional` that does the same. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['cross_entropy', 'CrossEntropyLoss'],
  ['nll_loss', 'NLLLoss'],
  ['binary_cross_entropy', 'BCELoss'],
  ['binary_cross_entropy_with_logits', 'BCEWithLogitsLoss'],
  ['mse_loss', 'MSELoss'],
  ['l1_loss', 'L1Loss'],
  ['smooth_l1_loss', 'SmoothL1Loss'],
  ['huber_loss', 'HuberLoss'],
  ['kl_div', 'KLDivLoss'],
  ['poisson_nll_loss', 'PoissonNLLLoss'],
  ['soft_margin_loss', 'SoftMarginLoss'],
  ['multi_margin_loss', 'MultiMarginLoss'],
  ['hinge_embedding_loss', 'HingeEmbeddingLoss']
]);

/** The class of `torch.nn` that a function stands for; `null` for one that is no loss. */
export function lossClassOf(functionName: string): string | null {
  return FUNCTIONS.get(functionName) ?? null;
}
