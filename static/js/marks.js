// Buttons that put the marks of plain formatting into a text: shown only where scripts run, so nothing is lost without them.
(() => {
  const bar = document.querySelector('template[data-marks]');
  if (!bar) return;
  const around = (area, before, after, sample) => {
    const [start, end] = [area.selectionStart, area.selectionEnd];
    const chosen = area.value.slice(start, end) || sample;
    area.setRangeText(before + chosen + after, start, end, 'end');
    area.setSelectionRange(start + before.length, start + before.length + chosen.length);
  };
  const lines = (area, mark) => {
    const start = area.value.lastIndexOf('\n', area.selectionStart - 1) + 1;
    const end = area.selectionEnd;
    const marked = area.value.slice(start, end).split('\n').map(line => mark + line).join('\n');
    area.setRangeText(marked, start, end, 'end');
  };
  for (const area of document.querySelectorAll('textarea[data-rich]')) {
    const tools = bar.content.firstElementChild.cloneNode(true);
    tools.setAttribute('aria-controls', area.id);
    tools.addEventListener('click', event => {
      const button = event.target.closest('button[data-mark]');
      if (!button) return;
      area.focus();
      const {mark, sample} = button.dataset;
      if (mark === 'bold') around(area, '**', '**', sample);
      else if (mark === 'italic') around(area, '*', '*', sample);
      else if (mark === 'link') around(area, '[', '](https://)', sample);
      else lines(area, mark === 'heading' ? '## ' : '- ');
    });
    area.before(tools);
  }
})();
