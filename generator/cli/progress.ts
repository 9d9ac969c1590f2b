// SPDX-License-Identifier: Apache-2.0
/** Owns how progress is shown: a bar on a terminal, plain lines elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface ProgressStep {
  readonly done: number;
  readonly all: number;
  /** What begins; a line each where there is no terminal. */
  readonly phase: string;
  /** Shown on a terminal alone. */
  readonly detail?: string;
}

export interface ProgressView {
  show(step: ProgressStep): void;
  stop(): void;
}

export function createProgress(stream: ProgressStream | undefined): ProgressView {
  if (stream === undefined) return { show: () => undefined, stop: () => undefined };
  if (stream.isTTY !== true) {
    let last = '';
    return {
      show: ({ phase }) => {
        if (phase !== last) stream.write(`${phase}\n`);
        last = phase;
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({ format: '{bar} {value}/{total}  {phase}', stream: stream as NodeJS.WritableStream, hideCursor: true, clearOnComplete: true, linewrap: false }, Presets.shades_classic);
  return {
    show: ({ done, all, phase, detail }) => {
      const payload = { phase: detail === undefined ? phase : `${phase}: ${detail}` };
      if (bar.isActive) bar.update(done, payload);
      else bar.start(all, done, payload);
      bar.setTotal(all);
    },
    stop: () => bar.stop(),
  };
}
