.build/asan/http_answer.o: http_answer.c http_answer.h http.h http_body.h \
 http_head.h
http_answer.h:
http.h:
http_body.h:
http_head.h:
