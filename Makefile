# Strike, a PostgreSQL extension: make, make install, make installcheck (PG_CONFIG= honoured).
# The install script is the rooms' .sql parts in the order below.
EXTENSION = strike
EXTVERSION = 0.1
MODULE_big = strike

ROOMS = domain ground store remote process worker api
SOURCES = src/strike.c $(sort $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c)))
OBJS = $(SOURCES:.c=.o)
ROOM_HEADERS = $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.h))

SQL_PARTS = src/ground/roles.sql src/ground/ground.sql \
	src/store/store.sql \
	src/process/config.sql src/process/projection.sql src/process/render.sql \
	src/process/pager_region.sql src/process/pager_list.sql src/process/pager_list_checks.sql \
	src/process/pager_list_events.sql src/process/pager.sql src/process/pages.sql \
	src/api/commands.sql src/api/queries.sql src/api/page_plan.sql src/api/erase_contact.sql \
	src/api/report.sql src/api/geojson.sql src/api/rebuild.sql src/api/health.sql src/api/screen.sql src/api/test_call.sql src/api/live.sql \
	src/api/grants.sql

DATA_built = strike--$(EXTVERSION).sql
EXTRA_CLEAN = strike--*.sql
REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=. --encoding=UTF8 --dbname=strike

PG_CPPFLAGS = -Isrc $(FAULT_POINTS)
PG_CFLAGS = -std=gnu17 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
	-Wno-sign-compare -Wno-declaration-after-statement
SHLIB_LINK = -lcurl

# Test builds: make FAULTS=1 compiles the named fault points in; releases contain none.
ifdef FAULTS
FAULT_POINTS = -DSTRIKE_FAULT_POINTS
endif

override with_llvm = no
PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(ROOM_HEADERS)

strike--$(EXTVERSION).sql: $(SQL_PARTS) Makefile
	@printf '%s\n' '\echo Use "CREATE EXTENSION strike CASCADE" to load this file. \quit' > $@
	@for part in $(SQL_PARTS); do echo; echo "-- $$part"; cat $$part; done >> $@
