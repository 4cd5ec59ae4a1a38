.build/asan/db_pool.o: db_pool.c db_pool.h loop.h db_connection.h
db_pool.h:
loop.h:
db_connection.h:
