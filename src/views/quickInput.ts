import * as vscode from 'vscode';
import { DisposableStore } from '../util/disposable.ts';

/** What one question of several ended with. `undefined`: people gave the whole thing up. */
export type Answer<T> = { readonly value: T } | 'back' | undefined;

/** Where a question stands among its kin. */
export interface StepPlace {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
}

export interface TextQuestion extends StepPlace {
  readonly prompt: string;
  readonly value: string;
  /** A sentence that says what is wrong with the input, or null. */
  readonly validate: (text: string) => string | null;
}

export interface Choice<T> extends vscode.QuickPickItem {
  /** Absent for separators and for lines that are only there to be read. */
  readonly value?: T;
}

export interface PickQuestion<T> extends StepPlace {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
  /** What Enter takes; the first one where absent. */
  readonly active?: Choice<T> | undefined;
  /** Buttons in the title, beside "back". They leave the list open. */
  readonly buttons?: readonly (vscode.QuickInputButton & { readonly run: () => unknown })[];
}

/** Asks for a line of text, with what is wrong with it shown as it is typed. */
export async function askText(question: TextQuestion): Promise<Answer<string>> {
  const box = vscode.window.createInputBox();
  const check = (text: string): void => {
    box.validationMessage = question.validate(text) ?? undefined;
  };
  return ask<string>(box, question, (owned, settle) => {
    box.prompt = question.prompt;
    box.value = question.value;
    owned.add(box.onDidChangeValue(check));
    owned.add(
      box.onDidAccept(() => {
        check(box.value);
        if (box.validationMessage === undefined) {
          settle({ value: box.value.trim() });
        }
      }),
    );
  });
}

/** Asks to choose one of a list. */
export async function askPick<T>(question: PickQuestion<T>): Promise<Answer<T>> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  return ask<T>(pick, question, (owned, settle) => {
    pick.placeholder = question.placeholder;
    pick.items = question.choices;
    pick.matchOnDescription = true;
    if (question.active) {
      pick.activeItems = [question.active];
    }
    pick.buttons = [...pick.buttons, ...(question.buttons ?? [])];
    owned.add(
      pick.onDidTriggerButton((button) => void question.buttons?.find((one) => one === button)?.run()),
    );
    owned.add(
      pick.onDidAccept(() => {
        const value = pick.selectedItems[0]?.value;
        if (value !== undefined) {
          settle({ value });
        }
      }),
    );
  });
}

/** Shows an input until it is answered, left by "back", or closed. Escape closes; a click elsewhere does not. */
function ask<T>(
  input: vscode.QuickPick<Choice<T>> | vscode.InputBox,
  place: StepPlace,
  prepare: (owned: DisposableStore, settle: (answer: Answer<T>) => void) => void,
): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const owned = new DisposableStore();
    const settle = (answer: Answer<T>): void => {
      resolve(answer);
      owned.dispose();
    };
    owned.add(input);
    input.title = place.title;
    if (place.steps > 1) {
      input.step = place.step;
      input.totalSteps = place.steps;
    }
    input.ignoreFocusOut = true;
    input.buttons = place.step > 1 ? [vscode.QuickInputButtons.Back] : [];
    prepare(owned, settle);
    owned.add(
      input.onDidTriggerButton((button) => button === vscode.QuickInputButtons.Back && settle('back')),
    );
    owned.add(input.onDidHide(() => settle(undefined)));
    input.show();
  });
}

/** One question: takes what is known so far and adds to it. `null` skips it. */
export type Step<T> = (known: T) => Promise<Answer<T>> | null;

/** Asks one question after the other; "back" leads to the last one that was asked. `undefined` when given up. */
export async function askSteps<T>(start: T, steps: readonly Step<T>[]): Promise<T | undefined> {
  const asked: { readonly at: number; readonly known: T }[] = [];
  let [at, known] = [0, start];
  for (;;) {
    const step = steps[at];
    if (!step) {
      return known;
    }
    const asking = step(known);
    const answer = asking === null ? { value: known } : await asking;
    if (answer === undefined) {
      return undefined;
    }
    if (answer === 'back') {
      ({ at, known } = asked.pop() ?? { at: 0, known: start });
      continue;
    }
    if (asking !== null) {
      asked.push({ at, known });
    }
    known = answer.value;
    at += 1;
  }
}
