// Times to acceptance, grouped: percentiles by nearest rank.
export function percentile(sorted, share) {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

// [{osp, type, count, accepted, p50, p90, worst, times}], all of them first
export function groupsOf(rows, nameOf) {
  const groups = new Map();
  const add = (key, osp, type, row) => {
    if (!groups.has(key)) groups.set(key, { key, osp, type, count: 0, times: [] });
    const group = groups.get(key);
    group.count++;
    if (row.seconds_to_acceptance !== null) group.times.push(Number(row.seconds_to_acceptance));
  };
  for (const row of rows) {
    add('', 'All', 'all types', row);
    add(`${row.osp_tenant} ${row.job_type}`, nameOf(row.osp_tenant), row.job_type, row);
  }
  return [...groups.values()].sort((a, b) => (a.key === '' ? -1 : b.key === '' ? 1 : a.key < b.key ? -1 : 1)).map((one) => {
    one.times.sort((a, b) => a - b);
    return Object.freeze({ ...one, accepted: one.times.length, p50: percentile(one.times, 0.5), p90: percentile(one.times, 0.9), worst: one.times.at(-1) ?? null });
  });
}
