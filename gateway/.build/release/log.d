.build/release/log.o: log.c log.h loop.h
log.h:
loop.h:
