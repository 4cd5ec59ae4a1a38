// Maps by Leaflet, loaded when the first one is shown.  Without tiles there is still a map: regions,
// a graticule with degrees, a scale, and the orders in their colours and shapes.
import { getConfig } from './session.js';

let loading = null;
export function leaflet() {
  loading = loading || (async () => {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = '/node_modules/leaflet/dist/leaflet.css';
    // before our own, which overrides it
    document.head.insertBefore(style, document.querySelector('link[rel=stylesheet]'));
    await import('../node_modules/leaflet/dist/leaflet.js');
    return window.L;
  })();
  return loading;
}

const STEPS = [45, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

export async function makeMap(element, label) {
  const L = await leaflet();
  const config = await getConfig().catch(() => ({}));
  const map = L.map(element, { zoomControl: false, attributionControl: false, worldCopyJump: true, zoomSnap: 0.5, fadeAnimation: false });
  map.setView([30.3, -97.7], 5);
  element.setAttribute('role', 'region');
  element.setAttribute('aria-label', label);
  L.control.zoom({ position: 'topright' }).addTo(map);
  L.control.scale({ imperial: true }).addTo(map);
  if (config.tileUrl) {
    L.tileLayer(config.tileUrl, { maxZoom: 19, crossOrigin: true }).addTo(map);
    L.control.attribution({ prefix: false }).addTo(map);
  }
  const ground = L.layerGroup().addTo(map); // graticule
  const regions = L.layerGroup().addTo(map);
  const marks = new Map(); // key → {layer, sign}
  map.on('moveend', () => graticule(L, map, ground));
  if (config.roadsUrl) drawRoads(L, map, config.roadsUrl);
  const resized = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  resized.observe(element);
  graticule(L, map, ground);

  const api = {
    L,
    map,
    // outlines: strike_region_outlines' rows
    setRegions(outlines) {
      regions.clearLayers();
      for (const one of outlines) {
        const layer = L.geoJSON(one.area, { interactive: false, style: { className: one.chosen ? 'region chosen' : 'region' } });
        regions.addLayer(layer);
        // inside its north-west corner; as text, whatever it is called
        const name = document.createElement('span');
        name.textContent = one.osp_name ? `${one.osp_name}: ${one.name}` : one.name;
        regions.addLayer(L.marker(layer.getBounds().getNorthWest(), { interactive: false, keyboard: false, icon: L.divIcon({ className: 'region-name', html: name, iconSize: [0, 0] }) }));
      }
    },
    // rows: orders' views; select(eco_id)
    setOrders(rows, select, chosen = null) {
      const there = new Set();
      for (const one of rows) {
        there.add(one.eco_id);
        const sign = `${one.role} ${one.need} ${one.silent} ${chosen === one.eco_id}`;
        const known = marks.get(one.eco_id);
        if (known?.sign === sign) continue;
        known?.layer.remove();
        const layer = orderLayer(L, one, chosen === one.eco_id);
        if (select) layer.on('click', () => select(one.eco_id));
        layer.addTo(map);
        marks.set(one.eco_id, { layer, sign });
      }
      for (const [id, { layer }] of marks) {
        if (there.has(id)) continue;
        layer.remove();
        marks.delete(id);
      }
    },
    fit(geometries, maxZoom = 11) {
      if (geometries.length === 0) return;
      const bounds = L.geoJSON(geometries).getBounds();
      if (bounds.isValid()) map.fitBounds(bounds.pad(0.15), { maxZoom, animate: false });
    },
    destroy() {
      resized.disconnect();
      map.remove();
    },
  };
  return api;
}

const SHAPES = { alarm: '!', active: '☎', good: '✓', warn: '‖', work: '•', done: '○', quiet: '·', neutral: '…' };

function orderLayer(L, order, chosen) {
  const group = L.featureGroup();
  const { location } = order;
  const points = location.type === 'Point' ? [location.coordinates] : location.coordinates;
  if (location.type === 'LineString') {
    group.addLayer(L.geoJSON(location, { style: { className: `route role-${order.role}` } }));
  }
  const [lon, lat] = points[Math.floor((points.length - 1) / 2)];
  const icon = L.divIcon({ className: `pin role-${order.role}${chosen ? ' chosen' : ''}${order.silent ? ' silent' : ''}`, html: SHAPES[order.role] || '', iconSize: [26, 26] });
  // the list beside the map is for the keyboard: two hundred stops in a map help nobody
  const title = `${order.number} ${order.description}: ${order.said}`;
  group.addLayer(L.marker([lat, lon], { icon, keyboard: false, title, zIndexOffset: (9 - order.need) * 1000 }));
  return group;
}

function graticule(L, map, layer) {
  layer.clearLayers();
  const bounds = map.getBounds();
  const span = Math.max(bounds.getEast() - bounds.getWest(), 1e-6);
  const step = STEPS.findLast((one) => span / one <= 9) || STEPS[0];
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  const line = (from, to) => layer.addLayer(L.polyline([from, to], { interactive: false, className: 'graticule' }));
  const label = (at, text) => layer.addLayer(L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: 'degrees', html: text, iconSize: [60, 14], iconAnchor: [-4, 14] }) }));
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  for (let lon = Math.ceil(bounds.getWest() / step) * step; lon <= bounds.getEast(); lon += step) {
    line([south, lon], [north, lon]);
    // not under the scale
    if (map.latLngToContainerPoint([south, lon]).x > 125) label([south, lon], `${Math.abs(lon).toFixed(digits)}° ${lon < 0 ? 'W' : 'E'}`);
  }
  for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
    line([lat, bounds.getWest()], [lat, bounds.getEast()]);
    if (map.getSize().y - map.latLngToContainerPoint([lat, bounds.getWest()]).y > 60) label([lat, bounds.getWest()], `${Math.abs(lat).toFixed(digits)}° ${lat < 0 ? 'S' : 'N'}`);
  }
}

async function drawRoads(L, map, url) {
  try {
    const answer = await fetch(url);
    if (answer.ok) L.geoJSON(await answer.json(), { interactive: false, style: { className: 'road' } }).addTo(map);
  } catch {
    // a map without roads is still a map
  }
}
