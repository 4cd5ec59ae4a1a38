.build/release/http_body.o: http_body.c http_body.h http_head.h
http_body.h:
http_head.h:
