// Saving: the picture as it is in view, as an SVG file or a PNG file.

// What the page's style sheet says of a shape, and a file has to say itself.
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "display"];
const DOTS = 2; // of a PNG, for each pixel of the picture

class Export {
  constructor(player) {
    this.player = player;
    const choice = element("select", { id: "save", "aria-label": "Save this picture",
      title: "Save this picture", onchange: () => {
        this.save(choice.value);
        choice.value = "";
      } },
      element("option", { value: "" }, "Save…"),
      element("option", { value: "svg" }, "as SVG"),
      element("option", { value: "png" }, "as PNG"),
      element("option", { value: "print" }, "print"));
    document.querySelector(".bar .tools").prepend(choice);
  }

  async save(kind) {
    if (kind === "print") window.print();
    else if (kind === "svg") this.give(new Blob([this.picture()], { type: "image/svg+xml" }), kind);
    else if (kind === "png") this.give(await this.dots(), kind);
  }

  // The picture as a file of its own.
  picture() {
    const { svg } = this.player;
    const copy = svg.cloneNode(true);
    const copies = copy.querySelectorAll("*");
    [...svg.querySelectorAll("*")].forEach((shape, k) => {
      const look = getComputedStyle(shape);
      for (const name of LOOKS) copies[k].setAttribute(name, look.getPropertyValue(name));
      for (const name of ["class", "style", "tabindex", "role"]) copies[k].removeAttribute(name);
    });
    const { x, y, width, height } = svg.viewBox.baseVal;
    const fill = getComputedStyle(this.player.frame).backgroundColor;
    copy.prepend(svgElement("rect", { x, y, width, height, fill }));
    copy.removeAttribute("style");
    copy.setAttribute("role", "img");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    return new XMLSerializer().serializeToString(copy);
  }

  async dots() {
    const { width, height } = this.player.svg.viewBox.baseVal;
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(this.picture())}`;
    await image.decode();
    const canvas = element("canvas", { width: width * DOTS, height: height * DOTS });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob(done, "image/png"); });
  }

  give(blob, kind) {
    const { title } = document;
    const level = this.player.path.replaceAll("/", ".");
    const name = [title.replaceAll(/[^\p{L}\p{N}]+/gu, "-"), level, `step-${this.player.k}`];
    const href = URL.createObjectURL(blob);
    const link = element("a", { href, download: `${name.filter(Boolean).join("-")}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
    this.player.say(`Saved as ${link.download}.`);
  }
}
