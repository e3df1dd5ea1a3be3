*filter
-A INPUT -p tcp --tcp-flags SYN,ECE SYN -j DROP
COMMIT
----
rules:2:29: error: 'ECE' is no TCP flag; there are SYN ACK FIN RST URG PSH ALL NONE [tcp-flag]
  -A INPUT -p tcp --tcp-flags SYN,ECE SYN -j DROP
                              ^~~~~~~
