// SPDX-License-Identifier: Apache-2.0
/** Owns how progress is shown: a bar on a terminal, plain lines elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface ProgressView {
  /** `phase` names what begins; the line appears once per phase where there is no terminal. */
  show(done: number, all: number, phase: string): void;
  stop(): void;
}

export function createProgress(stream: ProgressStream | undefined): ProgressView {
  if (stream === undefined) return { show: () => undefined, stop: () => undefined };
  if (stream.isTTY !== true) {
    let last = '';
    return {
      show: (_done, _all, phase) => {
        if (phase !== last) stream.write(`${phase}\n`);
        last = phase;
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({ format: '{bar} {value}/{total}  {phase}', stream: stream as NodeJS.WritableStream, hideCursor: true, clearOnComplete: true, linewrap: false }, Presets.shades_classic);
  return {
    show: (done, all, phase) => {
      if (bar.isActive) bar.update(done, { phase });
      else bar.start(all, done, { phase });
      bar.setTotal(all);
    },
    stop: () => bar.stop(),
  };
}
