// A chart is drawn from the table beside it, so that both always say the same; a first cell may
// say in `data-short` what stands under its bar.
const COLOURS = ["#4f46e5", "#0f9488", "#e8590c", "#d39e00", "#8b3fd9", "#64748b"];

function seriesOf(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  // A row without values, such as a total, is no bar.
  const rows = [...table.tBodies[0].rows]
    .map((row) => [...row.cells])
    .filter((row) => row.some((cell) => cell.dataset.value));
  const columns = heads.map((_, at) => at).filter((at) => rows.some((row) => row[at]?.dataset.value));
  return {
    labels: rows.map((row) => row[0].dataset.short ?? row[0].textContent.trim()),
    datasets: columns.map((at, n) => ({
      label: heads[at],
      data: rows.map((row) => Number(row[at].dataset.value)),
      backgroundColor: COLOURS[n % COLOURS.length],
      borderColor: COLOURS[n % COLOURS.length],
      borderRadius: 6,
    })),
  };
}

// A whole title under a bar would leave no room for the bar; the table has it.
function short(value) {
  const label = this.getLabelForValue(value);
  return label.length > 16 ? `${label.slice(0, 15)}…` : label;
}

function draw(canvas) {
  const style = getComputedStyle(document.body);
  const grid = { color: style.getPropertyValue("--bs-border-color") };
  const data = seriesOf(document.getElementById(canvas.dataset.from));
  Chart.defaults.color = style.getPropertyValue("--bs-secondary-color");
  Chart.defaults.font.family = style.fontFamily;
  new Chart(canvas, {
    type: canvas.dataset.kind,
    data,
    options: {
      animation: false,
      maintainAspectRatio: false,
      plugins: { legend: { display: data.datasets.length > 1 } },
      scales: { x: { grid: { display: false }, ticks: { callback: short } }, y: { beginAtZero: true, grid } },
    },
  });
}

document.querySelectorAll("canvas[data-from]").forEach(draw);
