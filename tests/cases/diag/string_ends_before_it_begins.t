*filter
-A INPUT -m string --algo bm --string abc --from 9 --to 8 -j DROP
COMMIT
----
rules:2:50: error: --from: the search ends before it begins [bytes]
  -A INPUT -m string --algo bm --string abc --from 9 --to 8 -j DROP
                                                   ^
