.build/asan/db_connection.o: db_connection.c db_connection.h loop.h log.h
db_connection.h:
loop.h:
log.h:
