.build/asan/webhook.o: webhook.c webhook.h http.h http_body.h http_head.h \
 db_pool.h loop.h log.h utf8.h
webhook.h:
http.h:
http_body.h:
http_head.h:
db_pool.h:
loop.h:
log.h:
utf8.h:
