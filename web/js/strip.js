// Where the time went between creation and acceptance: segments in order, each with who spent it
// (us, the provider, a person).  Pure: events and calls in, segments out.
//
// calls: strike_eco_calls' rows; upTo: ms, the moment that is shown
export function segmentsOf(order, timeline, calls, upTo) {
  const at = (value) => (value && Date.parse(value) <= upTo ? Date.parse(value) : null);
  const segments = [];
  let cursor = Date.parse(order.created_at);
  const to = (end, who, what, label, result = '') => {
    const until = Math.min(end ?? upTo, upTo);
    if (until > cursor) segments.push({ who, what, label, end: result, from: cursor, to: until, under: end === null });
    cursor = Math.max(cursor, until);
  };

  const made = timeline.find((one) => one.source === 'order' && /^task made/.test(one.summary));
  const begun = calls.filter((one) => at(one.begun_at) !== null);
  const first = begun.length > 0 ? at(begun[0].begun_at) : null;
  const tasked = made ? at(made.at) : null;
  if (tasked !== null && (first === null || tasked <= first)) to(tasked, 'provider', 'work system', 'the work system makes the task');
  else if (first === null && order.open && !order.alarm && !begun.length && order.pager_status === 'none') to(null, 'provider', 'work system', 'waiting for the work system');

  let accepted = null;
  let page = null;
  for (const one of begun) {
    const [start, ring, answer, end] = [at(one.begun_at), at(one.ringing_at), at(one.answered_at), at(one.ended_at)];
    if (page !== null && one.page !== page && start - cursor > 1000) to(start, 'us', 'nobody called', 'nobody was being called: an operator had to act');
    else to(start, 'us', 'queue', 'Strike prepares the call');
    page = one.page;
    const result = end !== null ? one.result : null;
    to(ring ?? answer ?? end, 'provider', 'placing the call', `the telephone service places the call to ${one.contact_name}`);
    if (ring !== null || answer !== null) to(answer ?? end, 'person', `${one.contact_name} rings`, `${one.contact_name}'s telephone rings${answer === null && result ? `: ${result}` : ''}`, answer === null && result ? result : answer !== null && answer === end ? result : '');
    if (answer !== null) to(end, 'person', `${one.contact_name} answered`, `${one.contact_name} is on the telephone${result ? `: ${result}` : ''}`, result || '');
    if (result === 'pressed 1') {
      accepted = end ?? answer;
      break;
    }
  }
  return { segments, accepted };
}

// the call's own words at a moment
export function resultAt(call, upTo) {
  const past = (value) => value && Date.parse(value) <= upTo;
  if (past(call.ended_at)) return call.result;
  if (past(call.answered_at)) return 'answered';
  if (past(call.ringing_at)) return 'ringing';
  return call.ended_at || call.result === 'placing the call' ? 'placing the call' : call.result;
}
