// strike_page_plan's rows in words.
export function planSays(plan) {
  const people = plan.filter((one) => one.position !== null);
  const obstacle = plan.find((one) => one.position === null);
  const reachable = people.filter((one) => one.reachable);
  if (reachable.length === 0) return { bad: true, words: `NOBODY will be called: ${obstacle?.reason || 'nobody on the list can be reached'}.` };
  const names = reachable.map((one) => one.contact_name).join(' → ');
  return { bad: false, words: `will call: ${names}${reachable.length === people.length && !obstacle ? '; all reachable' : ''}` };
}

// a contractor of strike_contractors as a choice
export const choiceName = (one, placed) => (one.region ? `${one.name}: ${one.covers ? one.region : `${one.region} (its default list)`}` : `${one.name}${placed ? ': does not cover this place' : ''}`);
