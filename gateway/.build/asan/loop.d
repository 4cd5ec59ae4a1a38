.build/asan/loop.o: loop.c loop.h log.h
loop.h:
log.h:
