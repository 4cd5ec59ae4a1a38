.build/release/router.o: router.c router.h http.h http_body.h http_head.h \
 health.h metrics.h webhook.h
router.h:
http.h:
http_body.h:
http_head.h:
health.h:
metrics.h:
webhook.h:
