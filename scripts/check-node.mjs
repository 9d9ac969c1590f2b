// SPDX-License-Identifier: Apache-2.0
/** Ends with a plain sentence when this Node is older than gen-accel needs. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`gen-accel needs Node 20.19 or newer, and this is ${process.versions.node}. Install a newer one from https://nodejs.org.`);
  process.exit(1);
}
