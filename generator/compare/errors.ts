// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of a comparison. */
import { GenAccelError } from '../core/errors.js';

/** E_ROW: a text stands for no row. */
export class RowSpecError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy: string) {
    super('E_ROW', 'input', { where, found: `the row "${found}"`, expected, remedy });
  }
}

/** E_NO_LABELS: images that cannot be scored. */
export class NoLabelsError extends GenAccelError {
  constructor(where: string, found: string) {
    super('E_NO_LABELS', 'input', { where, found, expected: 'a class for every image', remedy: 'Use CIFAR-10 records, an IDX file with its labels, or a folder with labels.csv or a sub-folder a class.' });
  }
}

/** E_RETRAINED_ZEROS: a retrained model has weights where its row has none. */
export class RetrainedZerosError extends GenAccelError {
  constructor(file: string, layer: string, row: string) {
    super('E_RETRAINED_ZEROS', 'input', {
      where: `--retrained ${row}=${file}`, found: `zeros of ${layer} that ${row} does not allow`, expected: 'a model that was retrained with its masks held',
      remedy: 'Name the row that the model was pruned for, or "existing" for the zeros that it has.',
    });
  }
}
