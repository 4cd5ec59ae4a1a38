// What people paste as a place: "30.27, -97.74", "-97.74 30.27", degrees with letters, GeoJSON,
// WKT; several pairs are a line.  Pure: no page, no map.
//
// parsePlace(text) → { geometry, words } | { choices: [{geometry, words}, …] } | { error }
const MAX_POINTS = 10000;

export function parsePlace(text) {
  const trimmed = text.trim();
  if (trimmed === '') return { error: '' };
  if (trimmed.startsWith('{')) return parseGeoJson(trimmed);
  const wkt = /^\s*(?:SRID=4326;)?\s*(POINT|LINESTRING)\s*(?:Z\s*)?\(([^()]*)\)\s*$/i.exec(trimmed);
  if (wkt) {
    const pairs = wkt[2].split(',').map((one) => one.trim().split(/\s+/).map(Number));
    return fromLonLat(pairs);
  }
  return parsePairs(trimmed);
}

function parseGeoJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'This GeoJSON is not complete: a bracket or a quote is missing.' };
  }
  if (value.type === 'FeatureCollection') {
    if (value.features?.length !== 1) return { error: 'This GeoJSON holds several places: paste one of them.' };
    const [only] = value.features;
    value = { crs: value.crs, ...only };
  }
  if (value.type === 'Feature') value = { crs: value.crs, ...value.geometry };
  // programs that write the older form name another system so
  const system = value.crs?.properties?.name;
  if (value.crs && !/(CRS84|:4326)$/.test(system || '')) return { error: `These coordinates are in another system${system ? ` (${system})` : ''}: give longitude and latitude in degrees.` };
  if (value.type === 'Point') return fromLonLat([value.coordinates]);
  if (value.type === 'LineString') return fromLonLat(value.coordinates);
  return { error: 'A place is a point or a line. This GeoJSON is neither.' };
}

function fromLonLat(pairs) {
  if (!Array.isArray(pairs) || pairs.length === 0 || pairs.length > MAX_POINTS) return { error: 'This place has no points, or too many.' };
  const points = [];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || !pair.slice(0, 2).every(Number.isFinite) || pair.length < 2) return { error: 'A coordinate is missing.' };
    if (Math.abs(pair[0]) > 180 || Math.abs(pair[1]) > 90) return { error: 'These coordinates are not on Earth: longitude −180 to 180, latitude −90 to 90.' };
    points.push([pair[0], pair[1]]);
  }
  return found(points);
}

export function found(points) {
  const geometry = points.length === 1 ? { type: 'Point', coordinates: points[0] } : { type: 'LineString', coordinates: points };
  return { geometry, words: describe(geometry) };
}

// "30.2700° N, 97.7400° W"
export function describe(geometry) {
  const one = ([lon, lat]) => `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;
  if (geometry.type === 'Point') return one(geometry.coordinates);
  const points = geometry.coordinates;
  return `a line of ${points.length} points from ${one(points[0])} to ${one(points[points.length - 1])}`;
}

// A number with degrees, minutes, seconds, as far as they are there, and a letter before or behind.
const NUMBER = String.raw`([+\-−]?\d+(?:\.\d+)?)\s*°?\s*(?:(\d+(?:\.\d+)?)\s*['′’]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:["″”]|'')\s*)?`;
const LETTER_FIRST = new RegExp(`([NSEW])?\\s*${NUMBER}()`, 'gi');
const LETTER_LAST = new RegExp(`()${NUMBER}([NSEW](?![A-Za-z]))?`, 'gi');
const AXIS_WORDS = /\b(lat|lon|lng|long|latitude|longitude)\b/gi;

function parsePairs(text) {
  const bare = text.replace(AXIS_WORDS, ' ');
  const angles = [];
  const rest = bare.replace(/^[\s:([]*[NSEW]/i.test(bare) ? LETTER_FIRST : LETTER_LAST, (all, before, degrees, minutes, secs, after) => {
    const letter = (after || before || '').toUpperCase();
    const number = Number(degrees.replace('−', '-'));
    const size = Math.abs(number) + Number(minutes || 0) / 60 + Number(secs || 0) / 3600;
    const negative = degrees.startsWith('-') || degrees.startsWith('−') || letter === 'S' || letter === 'W';
    angles.push({ value: negative ? -size : size, axis: 'NS'.includes(letter) && letter ? 'lat' : letter ? 'lon' : null });
    return ' ';
  });
  if (/[^\s,;:()[\]/|]/.test(rest)) {
    return { error: 'That is not a place I can read. Paste “30.27, -97.74” or GeoJSON, or click the map.' };
  }
  if (angles.length < 2 || angles.length % 2 === 1) return { error: 'A place is two numbers: latitude and longitude.' };
  if (angles.length > 2 * MAX_POINTS) return { error: 'This line has too many points.' };
  const pairs = [];
  for (let i = 0; i < angles.length; i += 2) pairs.push([angles[i], angles[i + 1]]);

  const named = /\b(lon|lng|long|longitude)\b.*\b(lat|latitude)\b/is.test(text) ? 'lonFirst' : /\b(lat|latitude)\b/i.test(text) ? 'latFirst' : null;
  const latFirstFits = pairs.every(([a, b]) => Math.abs(a.value) <= 90 && Math.abs(b.value) <= 180 && a.axis !== 'lon' && b.axis !== 'lat');
  const lonFirstFits = pairs.every(([a, b]) => Math.abs(b.value) <= 90 && Math.abs(a.value) <= 180 && a.axis !== 'lat' && b.axis !== 'lon');
  const latFirst = () => found(pairs.map(([a, b]) => [b.value, a.value]));
  const lonFirst = () => found(pairs.map(([a, b]) => [a.value, b.value]));
  if (latFirstFits && (!lonFirstFits || named === 'latFirst')) return latFirst();
  if (lonFirstFits && (!latFirstFits || named === 'lonFirst')) return lonFirst();
  if (!latFirstFits) return { error: 'These numbers are not a place on Earth: latitude −90 to 90, longitude −180 to 180.' };
  if (pairs.every(([a, b]) => a.value === b.value)) return latFirst();
  return { choices: [latFirst(), lonFirst()] };
}
