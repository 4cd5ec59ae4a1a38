/*
 * render_clock.h
 *		The making of tasks when the server's clock is set back.
 */
#ifndef STRIKE_RENDER_CLOCK_H
#define STRIKE_RENDER_CLOCK_H

/* A worker begins. */
extern void render_clock_attach(void);

/* Once a turn: was the clock set back?  No transaction may be open. */
extern void render_clock_mind(void);

#endif
