// SPDX-License-Identifier: Apache-2.0
/** Owns the answers of a network: the class of its largest output beside the image's own. */
import { floatOutput, runFloat } from '../float/execute.js';
import type { FloatNetwork } from '../float/network.js';
import type { Network } from '../graph/network.js';
import { goldenOutput, runGolden } from '../model/golden.js';
import type { Rounding } from '../quantize/fixed-point.js';
import { indexOfLargest } from '../tensor/tensor.js';

/** In int8, by the golden model. */
export const isRightInt8 = (network: Network, input: Int8Array, label: number, rounding: Rounding): boolean => indexOfLargest(goldenOutput(network, runGolden(network, input, { rounding })).data) === label;

export const isRightFloat = (network: FloatNetwork, input: Float32Array, label: number): boolean => indexOfLargest(floatOutput(network, runFloat(network, input))) === label;
