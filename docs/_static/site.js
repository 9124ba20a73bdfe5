// What scrolls sideways can be reached by the keyboard, and the two side columns have names.
const nameColumns = () => {
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Pages of the site");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
};

const letScroll = () => {
  for (const box of document.querySelectorAll("pre, .table-wrapper, .cell_output .output")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

addEventListener("DOMContentLoaded", nameColumns);
addEventListener("load", letScroll);
addEventListener("resize", letScroll);
