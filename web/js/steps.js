// Which steps an operator can take on an order, most needed first.  What would be refused as things
// stand isn't offered: a page can't be sent while one is running, or before the task is made.
export function stepsFor(order) {
  if (!order) return [];
  if (!order.open) return ['reopen', 'note'];
  const running = ['queued', 'calling'].includes(order.pager_status);
  const sending = order.pager_status === 'none' && !order.unreachable;
  const done = order.status === 'COMPLETED';
  const repage = running || sending || done ? [] : ['repage'];
  const takeover = done ? [] : ['takeover'];
  if (order.alarm) return [...(order.unreachable ? ['retry'] : []), ...repage, 'reassign', ...takeover, ...(order.silent ? [] : ['acknowledge'])];
  return [...repage, ...takeover, 'reassign', 'note', 'cancel'];
}

export const stepName = (kind) => ({ repage: 'Page again', reassign: 'Other contractor…', takeover: "I'll handle it", retry: 'Try the work system again', acknowledge: 'I have seen it', settle: 'Settle missing tasks…', note: 'Note…', cancel: 'Cancel…', reopen: 'Reopen…' })[kind];
