// Decisions from a seed: the same seed, the same decisions.
'use strict';

class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  // 0 ≤ x < 1 (mulberry32)
  real() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low, high) {
    return low + (high - low) * this.real();
  }

  // whole, both ends included
  whole(low, high) {
    return low + Math.floor((high - low + 1) * this.real());
  }

  chance(p) {
    return this.real() < p;
  }

  pick(list) {
    return list[Math.floor(list.length * this.real())];
  }

  // { name: weight, … } → a name
  weighed(weights) {
    const names = Object.keys(weights);
    let left = this.real() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return names[names.length - 1];
  }

  shuffled(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}

module.exports = { Random };
