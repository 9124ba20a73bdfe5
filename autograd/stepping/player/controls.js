// What a person does to the player: its buttons, its keys, and clicks and drags in the picture.

class Controls {
  constructor(player) {
    this.player = player;
    this.listen();
  }

  listen() {
    const { player } = this;
    const by = (id) => document.getElementById(id);
    const click = (id, act) => by(id).addEventListener("click", act);
    click("first", () => player.go(0));
    click("back", () => player.back());
    click("forward", () => player.forward());
    click("last", () => player.go(player.steps.length));
    click("play", () => player.play());
    click("run", () => player.runToStop());
    click("guess", () => {
      player.panel.guess.turn(!player.panel.guess.on);
      by("guess").setAttribute("aria-pressed", String(player.panel.guess.on));
    });
    click("turn", () => player.turnAndShow(!levels.boxes));
    click("smaller", () => player.viewport.zoom(1 / 1.25));
    click("larger", () => player.viewport.zoom(1.25));
    click("fit", () => player.viewport.fit());
    player.slider.addEventListener("input", () => player.go(Number(player.slider.value)));
    player.depths.addEventListener("change", () => player.follow(Number(player.depths.value)));
    player.list.addEventListener("change", () =>
      (player.list.value === "" ? player.choose(null) : player.reveal(Number(player.list.value))));
    player.frame.addEventListener("pointerdown", (event) => this.grabbed(event), { capture: true });
    player.frame.addEventListener("click", (event) => this.clicked(event.target));
    document.addEventListener("keydown", (event) => this.pressed(event));
    // By the event's own address: in the meantime the player may have written its step there.
    window.addEventListener("hashchange", (event) => player.followLink(new URL(event.newURL).hash));
  }

  clicked(target) {
    const { player } = this;
    const part = player.picture.partAt(target);
    if (part && part.opens !== null) {
      player.open(part.opens);
      return;
    }
    // Clicking a box of many again goes through its nodes; a number of one of them is that one's.
    const inside = part?.nodes ?? [];
    const number = player.numberAt(target);
    if (/^[dg]$/.test(number?.letter)) player.choose(number.n);
    else player.choose(inside.length ? inside[(inside.indexOf(player.chosen) + 1) % inside.length] : null);
    if (player.chosen !== null) player.panel.bring();
  }

  // Drag a leaf's number to the left or the right.
  grabbed(event) {
    const { player } = this;
    const part = player.picture.partAt(event.target);
    const found = part && event.button === 0 ? player.leafAt(part, event.target) : null;
    if (found === null) return;
    event.stopPropagation();
    event.preventDefault();
    player.choose(...found);
    player.panel.editor.follow(event, (moved) => {
      const swallow = (click) => click.stopPropagation();
      if (moved) player.frame.addEventListener("click", swallow, { capture: true, once: true });
    });
  }

  pressed(event) {
    const { player } = this;
    if (!isForPage(event)) return;
    const there = event.target;
    if ([" ", "Enter"].includes(event.key) && there.matches(".part")) {
      event.preventDefault();
      this.clicked(there);
      player.frame.focus(); // the box may be gone
      return;
    }
    const act = {
      ArrowLeft: () => player.back(),
      ArrowRight: () => player.forward(),
      PageUp: () => player.go(player.k - 10),
      PageDown: () => player.go(player.k + 10),
      Home: () => player.go(0),
      End: () => player.go(player.steps.length),
      Escape: () => player.up(),
      " ": () => player.play(),
    }[event.key];
    if (!act) return;
    if (event.key === " " && there.matches("button, input[type=checkbox]")) return;
    event.preventDefault();
    act();
  }
}
