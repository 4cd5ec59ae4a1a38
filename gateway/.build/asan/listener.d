.build/asan/listener.o: listener.c listener.h http_connection.h log.h \
 loop.h
listener.h:
http_connection.h:
log.h:
loop.h:
