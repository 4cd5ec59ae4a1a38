.build/asan/health.o: health.c health.h http.h http_body.h http_head.h \
 db_pool.h loop.h webhook.h
health.h:
http.h:
http_body.h:
http_head.h:
db_pool.h:
loop.h:
webhook.h:
