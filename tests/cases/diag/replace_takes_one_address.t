iptables -A INPUT -j DROP
iptables -R INPUT 1 -s 10.0.0.1,10.0.0.2 -j DROP
iptables -R INPUT -j DROP
iptables -R INPUT 2 -j DROP
----
rules:2:21: error: -R puts one rule in the place of one; a list of addresses is several [several-addresses]
  iptables -R INPUT 1 -s 10.0.0.1,10.0.0.2 -j DROP
                      ^~~~~~~~~~~~~~~~~~~~
rules:3:10: error: -R needs the number of a rule behind the chain [rule-number]
  iptables -R INPUT -j DROP
           ^~~~~~~~
rules:4:19: error: '2' is no place in chain INPUT: 1 to 1 are [rule-number]
  iptables -R INPUT 2 -j DROP
                    ^
