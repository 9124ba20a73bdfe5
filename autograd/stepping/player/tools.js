// The tools of the page, each of which has a file of its own.

const toolbar = new Toolbar();
new Search(player, toolbar);
new Export(player);
new FullScreen(toolbar);
new Help(toolbar);
new Gestures(player);
new Code(player);
