iptables -n -A INPUT -j DROP
iptables -D INPUT 1 -j DROP
iptables -F INPUT -s 10.0.0.1
iptables -A INPUT -w many -j DROP
----
rules:1:10: error: --numeric does not go with --append [option-conflict]
  iptables -n -A INPUT -j DROP
           ^~
rules:2:21: error: --jump does not go with --delete and a number [option-conflict]
  iptables -D INPUT 1 -j DROP
                      ^~~~~~~
rules:3:19: error: --source does not go with --flush [option-conflict]
  iptables -F INPUT -s 10.0.0.1
                    ^~~~~~~~~~~
rules:4:22: error: 'many' is no number of seconds [number]
  iptables -A INPUT -w many -j DROP
                       ^~~~
