.build/asan/http_connection.o: http_connection.c http_connection.h http.h \
 http_body.h http_head.h http_answer.h log.h loop.h router.h
http_connection.h:
http.h:
http_body.h:
http_head.h:
http_answer.h:
log.h:
loop.h:
router.h:
