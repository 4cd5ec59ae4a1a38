// An area on the map that can be changed: corners to drag, half-way marks that become corners, a
// click on the map adds one, a click on a corner takes it away.  For the keyboard: the same as text,
// a corner a line.
const handle = (L, name) => L.divIcon({ className: name, iconSize: [16, 16] });

// area: MultiPolygon or null; changed() after each change.
// → { corners(), area(), text(), setText(text), end() }
export function editArea({ L, map }, area, changed) {
  // the ring that corners are added to is the first; other rings keep their corners and can be dragged
  let polygons = area ? area.coordinates.map((rings) => rings.map((ring) => ring.slice(0, -1))) : [[[]]];
  const layer = L.layerGroup().addTo(map);

  const draw = () => {
    layer.clearLayers();
    for (const rings of polygons) {
      if (rings[0].length > 1) layer.addLayer(L.polygon(rings.map((ring) => ring.map(([lon, lat]) => [lat, lon])), { className: 'region editing', interactive: false }));
      for (const ring of rings) ring.forEach((corner, i) => addHandles(ring, corner, i));
    }
    changed();
  };
  const addHandles = (ring, [lon, lat], i) => {
    const marker = L.marker([lat, lon], { icon: handle(L, 'corner'), draggable: true, keyboard: false, title: 'Drag to move; click to take this corner away' });
    marker.on('dragend', () => {
      const at = marker.getLatLng().wrap();
      ring[i] = round(at);
      draw();
    });
    marker.on('click', () => {
      if (ring.length <= 3) return;
      ring.splice(i, 1);
      draw();
    });
    layer.addLayer(marker);
    if (ring.length < 3) return;
    const [nextLon, nextLat] = ring[(i + 1) % ring.length];
    const half = L.marker([(lat + nextLat) / 2, (lon + nextLon) / 2], { icon: handle(L, 'half'), draggable: true, keyboard: false, title: 'Drag to add a corner' });
    half.on('dragend', () => {
      ring.splice(i + 1, 0, round(half.getLatLng().wrap()));
      draw();
    });
    layer.addLayer(half);
  };
  const round = (at) => [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))];
  const click = (event) => {
    if (area) return; // of an area that is there, corners are added at the half-way marks
    polygons[0][0].push(round(event.latlng.wrap()));
    draw();
  };
  map.on('click', click);
  draw();

  return {
    corners: () => polygons[0][0].length,
    area: () => ({ type: 'MultiPolygon', coordinates: polygons.map((rings) => rings.map((ring) => [...ring, ring[0]])) }),
    text: () => polygons[0][0].map(([lon, lat]) => `${lat}, ${lon}`).join('\n'),
    setText(text) {
      const ring = text.trim().split(/\n+/).map((line) => line.split(',').map((one) => Number(one.trim())));
      if (ring.length < 3 || !ring.every((one) => one.length === 2 && one.every(Number.isFinite) && Math.abs(one[0]) <= 90 && Math.abs(one[1]) <= 180)) return false;
      polygons[0][0] = ring.map(([lat, lon]) => [lon, lat]);
      draw();
      return true;
    },
    end() {
      map.off('click', click);
      layer.remove();
    },
  };
}
