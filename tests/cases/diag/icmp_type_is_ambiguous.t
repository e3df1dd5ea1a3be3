*filter
-A INPUT -p icmp --icmp-type echo -j DROP
COMMIT
----
rules:2:30: error: 'echo' may be 'echo-reply' or 'echo-request'; write it out [icmp-type]
  -A INPUT -p icmp --icmp-type echo -j DROP
                               ^~~~
