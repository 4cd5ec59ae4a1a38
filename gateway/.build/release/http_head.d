.build/release/http_head.o: http_head.c http_head.h
http_head.h:
