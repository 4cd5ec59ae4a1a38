// Rows as CSV (RFC 4180).
const unsafe = /^[=+\-@\t\r]/;

export function csv(rows, columns) {
  const cell = (value) => {
    let text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    // a spreadsheet would run it as a formula
    if (unsafe.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [columns.map((one) => cell(one)).join(','), ...rows.map((row) => columns.map((one) => cell(row[one])).join(','))].join('\r\n') + '\r\n';
}
