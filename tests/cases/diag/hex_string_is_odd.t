*filter
-A INPUT -m string --algo bm --hex-string "|414|" -j DROP
COMMIT
----
rules:2:43: error: --hex-string: two hexadecimal digits make a byte [bytes]
  -A INPUT -m string --algo bm --hex-string "|414|" -j DROP
                                            ^~~~~~~
