// Elements of the page and of pictures, made in one line each.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else give(made, key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function formula(math, label) {
  const made = element("div", { class: "formula", role: "group", "aria-label": label });
  made.innerHTML = `<math displaystyle="true">${math}</math>`; // made of escaped tokens only
  return made;
}

function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) give(made, key, value);
  return made;
}

// The page's policy refuses style as an attribute, and not as a property.
function give(made, key, value) {
  if (key === "style") made.style.cssText = value;
  else made.setAttribute(key, value);
}
