// SPDX-License-Identifier: Apache-2.0
/** Owns the order in which a float network is folded before it is pruned or quantized. */

import type { FloatNetwork } from '../network.js';
import { validateFloatNetwork } from '../validate.js';
import { foldAffines } from './fold-affines.js';
import { fuseActivations } from './fuse-activations.js';

/** The same function with fewer operators: batch norm and constants in the weights, activations in the clamps. */
export const foldNetwork = (network: FloatNetwork): FloatNetwork => validateFloatNetwork(fuseActivations(foldAffines(network)));
