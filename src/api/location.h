/*
 * location.h
 *		Places as callers give them: GeoJSON Points and LineStrings, WGS 84.
 */
#ifndef STRIKE_LOCATION_H
#define STRIKE_LOCATION_H

#include "domain/eco_create.h"
#include "utils/jsonb.h"

/* 22023 with the refusal's words, if it is one. */
extern void refuse_input(Refusal refusal);

/* 22023 unless it is a Point or LineString that an order can have. */
extern void location_check(const Jsonb *location);

/* A checked location as it is kept: type and longitudes, latitudes; no heights, no other members. */
extern Jsonb *location_plain(const Jsonb *location);

#endif
