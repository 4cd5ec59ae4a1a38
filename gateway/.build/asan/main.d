.build/asan/main.o: main.c db_connection.h loop.h db_pool.h health.h \
 http.h http_body.h http_head.h http_connection.h listener.h log.h
db_connection.h:
loop.h:
db_pool.h:
health.h:
http.h:
http_body.h:
http_head.h:
http_connection.h:
listener.h:
log.h:
