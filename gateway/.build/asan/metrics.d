.build/asan/metrics.o: metrics.c metrics.h http.h http_body.h http_head.h \
 db_pool.h loop.h health.h http_connection.h webhook.h
metrics.h:
http.h:
http_body.h:
http_head.h:
db_pool.h:
loop.h:
health.h:
http_connection.h:
webhook.h:
