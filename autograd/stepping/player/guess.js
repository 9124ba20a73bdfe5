// The guess: a step keeps what it passes on to itself, until the reader has guessed it or gives up.

const NEAR_ENOUGH = 0.01; // a guess that is so near, as a share, is right

// The number that a text says, such as −0.5 or 1/3; nan if it says none.
function numberFrom(text) {
  const parts = text.replace("≈", "").replaceAll("−", "-").replaceAll("∞", "Infinity").split("/");
  return parts.some((part) => part.trim() === "") ? NaN : parts.map(Number).reduce((a, b) => a / b);
}

class Guess {
  constructor(player) {
    this.player = player;
    this.on = false;
    this.told = new Set();
  }

  turn(on) {
    this.on = on;
    document.body.classList.toggle("guessing", on);
    this.told.clear();
    this.player.show();
  }

  // An array is shown: nobody guesses all of its numbers.
  hides(step) {
    return this.on && step?.kind === "contribute" && !this.told.has(step.k) && this.player.timer === null
      && !arrayOf(recording.tell(step).contribution);
  }

  question(step) {
    const [node, target] = [recording.nodes[step.n], recording.nodes[step.t]];
    return `What does ${node.name} pass on to ∂${recording.data.root}/∂${target.name}?`;
  }

  // What is said of a step: of one that is to be guessed, the question.
  sentence(step) {
    return this.hides(step) ? this.question(step) : recording.tell(step).sentence;
  }

  form(step) {
    const { root } = recording.data;
    const node = recording.nodes[step.n];
    const field = element("input", { type: "text", inputmode: "decimal", id: "guess-number", autocomplete: "off" });
    const word = element("p", { class: "hint", role: "status" });
    const check = (event) => {
      event.preventDefault();
      this.check(step, field.value, word);
    };
    return element("form", { class: "guess", onsubmit: check },
      element("p", { class: "sentence" }, this.question(step)),
      element("p", { class: "hint" },
        `∂${root}/∂${node.name} = ${inLine(recording.tell(step).upstream)}. ${node.name} = ${this.made(step)}.`),
      element("label", { for: "guess-number" }, "Your guess"), field,
      element("button", { type: "submit" }, "Check"),
      element("button", { type: "button", id: "give-up", onclick: () => this.reveal(step) }, "Reveal"),
      word);
  }

  // The op of a step's node, and its operands with their numbers.
  made(step) {
    const names = recording.words.page.operands(step.n).slice(0, 4).map((k) => {
      const [{ name }, number] = [recording.nodes[k], numberText(recording.dataOf(k))];
      return name === number ? name : `${name} = ${arrayOf(number) ? "an array" : number}`;
    });
    return `${recording.nodes[step.n].symbol} of ${names.join(", ")}`;
  }

  check(step, text, word) {
    const { contribution } = recording.amounts(step);
    const right = typeof contribution === "number" ? contribution : numberFrom(contribution);
    const guess = numberFrom(text);
    if (Number.isNaN(right)) this.reveal(step);
    else if (Number.isNaN(guess)) word.textContent = "A guess is a number, such as −0.5 or 1/3.";
    else if (guess === right || Math.abs(guess - right) < NEAR_ENOUGH * Math.abs(right)) {
      this.reveal(step);
      this.player.say("Right.");
    } else word.textContent = guess * right < 0 ? "Not yet: look at the sign." : "Not yet.";
  }

  reveal(step) {
    this.told.add(step.k);
    this.player.show();
  }
}
