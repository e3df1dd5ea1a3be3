*filter
-A INPUT -p tcp --tcp-option 0 -j DROP
COMMIT
----
rules:2:30: error: --tcp-option takes a number of 1-255, not '0' [number]
  -A INPUT -p tcp --tcp-option 0 -j DROP
                               ^
